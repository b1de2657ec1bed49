// Measures the texts of the pictures in a page. pikchr only estimates their widths.

// The bounding box in the units of the picture. matplotlib moves its texts by transformations.
function bounds(element, picture) {
  const box = element.getBBox();
  const toPicture = picture.getCTM().inverse().multiply(element.getCTM());
  const { x, y } = new DOMPoint(box.x, box.y).matrixTransform(toPicture);
  return { left: x, top: y, right: x + box.width, bottom: y + box.height };
}

function overlap(one, other) {
  return {
    width: Math.min(one.right, other.right) - Math.max(one.left, other.left),
    height: Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top),
  };
}

function problems(picture, phoneWidth, minSize, margin) {
  const { x, y, width, height } = picture.viewBox.baseVal;
  const page = { left: x, top: y, right: x + width, bottom: y + height };
  const texts = [...picture.querySelectorAll("text")].filter((text) => text.textContent.trim());
  const boxes = texts.map((text) => bounds(text, picture));
  // A text must fit into each shape that contains its middle.
  const shapes = [...picture.querySelectorAll("path")]
    .filter((path) => getComputedStyle(path).fill !== "none")
    .map((path) => bounds(path, picture))
    .concat(page);
  const found = [];
  texts.forEach((text, index) => {
    const box = boxes[index];
    const middle = { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 };
    const inside = shapes.filter(
      ({ left, right, top, bottom }) =>
        left < middle.x && middle.x < right && top < middle.y && middle.y < bottom,
    );
    for (const shape of inside)
      if (box.left < shape.left + margin || box.right > shape.right - margin)
        found.push(`"${text.textContent}" does not fit`);
    boxes.slice(0, index).forEach((other, earlier) => {
      const shared = overlap(box, other);
      if (shared.width > 0 && shared.height > 0.2 * (box.bottom - box.top))
        found.push(`"${text.textContent}" overlaps "${texts[earlier].textContent}"`);
    });
    const size = (parseFloat(getComputedStyle(text).fontSize) * phoneWidth) / width;
    if (size < minSize) found.push(`"${text.textContent}" has ${size.toFixed(1)} px on a phone`);
  });
  return found;
}
