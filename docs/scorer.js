/* Sphinx includes this file in the search of the site. Later parts of the site rank lower than the guides. */

/* The points that a page gets in addition to those of its matches; a title has 15. The first prefix applies. */
const PLACES = [
  ["docs/guide/", 10],
  ["docs/start/", 10],
  ["docs/reference/", 8],
  ["docs/", 4],
  ["source/", -20],
  ["", -12],
];

/* The text of an error is longer than the name of a subject. */
const MESSAGE_WORDS = 3;
const isMessage = (words) => words.length >= MESSAGE_WORDS;
const wordsOf = (query) => query.split(/[^\p{Letter}\p{Number}_]+/u).filter((word) => word);

/* Numbers and quoted values in an error vary, so no page contains them. */
var splitQuery = (query) => {
  const unquoted = wordsOf(query.replace(/"[^"]*"/g, " "));
  const words = isMessage(unquoted) ? unquoted : wordsOf(query);
  return isMessage(words) ? words.filter((word) => !/^\d+$/.test(word)) : words;
};

var Scorer = {
  score: ([page, _title, _anchor, _description, score]) => {
    const query = new URLSearchParams(window.location.search).get("q") || "";
    if (page === "docs/reference/messages" && isMessage(wordsOf(query))) return score + 20;
    return score + PLACES.find(([prefix]) => page.startsWith(prefix))[1];
  },

  /* Sphinx's defaults. */
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
