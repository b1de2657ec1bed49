# The pictures of the documentation: diagrams (pikchr) and charts of benchmark results (matplotlib).

PICTURES := docs/pictures
DIAGRAMS := $(filter-out palette,$(basename $(notdir $(wildcard $(PICTURES)/*.pikchr))))
CHARTS := idle-timeout latency rare
NEEDS_pictures := fossil $(VENV_NEEDS)
NEEDS_check-pictures := $(NEEDS_pictures) chromium
NEEDS_check-docs += $(NEEDS_check-pictures)

.PHONY: pictures check-pictures

## Document: make pictures        draw the pictures in docs/pictures from their sources
pictures: $(addprefix draw-,$(DIAGRAMS) $(CHARTS))

check-docs: check-pictures

# Draws the pictures in another folder and compares them with those that are checked in. Checks that texts fit.
check-pictures:
	$(call stage,pictures,$(MAKE) --no-print-directory pictures DRAWN=$(DOCS)/pictures && \
		for picture in $(DIAGRAMS) $(CHARTS); do cmp $(DOCS)/pictures/$$picture.svg $(PICTURES)/$$picture.svg || \
		{ echo "'make pictures' updates $(PICTURES)/$$picture.svg" >&2; exit 1; }; done && \
		$(PYTHON) $(PICTURES)/compare.py tests/bench/README.md && \
		$(PYTHON) $(PICTURES)/fit.py $(PICTURES)/*.svg)

DRAWN := $(PICTURES)
FINISH = $(PYTHON) $(PICTURES)/finish.py $(PICTURES)/palette.pikchr

.PHONY: $(addprefix draw-,$(DIAGRAMS) $(CHARTS))
$(addprefix draw-,$(DIAGRAMS)): draw-%:
	@mkdir -p $(DRAWN) $(DOCS)/raw
	@cat $(PICTURES)/palette.pikchr $(PICTURES)/$*.pikchr | fossil pikchr - $(DOCS)/raw/$*.svg
	@$(FINISH) $(PICTURES)/$*.pikchr <$(DOCS)/raw/$*.svg >$(DRAWN)/$*.svg

draw-latency: CHART := latency.json
draw-rare draw-idle-timeout: CHART := rare.json
draw-rare: OMIT := 'authlete_fail, idleTimeoutMs 4000'
$(addprefix draw-,$(CHARTS)): draw-%: $(BENCH)/venv/installed
	@mkdir -p $(DRAWN) $(DOCS)/raw
	@$(BENCH_PYTHON) tests/bench/draw.py $(PICTURES)/$(CHART) $(DOCS)/raw/$*.svg $(OMIT)
	@$(FINISH) $(PICTURES)/$(CHART) <$(DOCS)/raw/$*.svg >$(DRAWN)/$*.svg
