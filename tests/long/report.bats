#!/usr/bin/env bats
# The page of whodel bench --report in a browser: it stands alone, and both themes can be read.
bats_require_minimum_version 1.5.0
load ../kernel/lib

setup_file() {
	export page=$BATS_FILE_TMPDIR/report/index.html
	"${BUILD:-build}/whodel" bench --quick --rounds 2 --report "${page%/*}" >/dev/null
}

# look light|dark: what a browser sees of the page, as JSON in $seen.
look() {
	local theme=$1 scheme=1
	[ "$theme" = light ] || scheme=0
	seen=$BATS_TEST_TMPDIR/seen.json
	cat "$page" "$BATS_TEST_DIRNAME/report.probe.html" >"$BATS_TEST_TMPDIR/page.html"
	HOME=$BATS_TEST_TMPDIR timeout 120 chromium --headless=new --no-sandbox --disable-gpu \
		--blink-settings=preferredColorScheme=$scheme --window-size=1280,2000 \
		--dump-dom "file://$BATS_TEST_TMPDIR/page.html" 2>/dev/null |
		python3 -c '
import html, re, sys
found = re.search("<pre id=\"seen\">(.*?)</pre>", sys.stdin.read(), re.S)
print(html.unescape(found.group(1)))' >"$seen"
}

check() {
	python3 - "$seen" "$page" <<-PY
		import json, re, sys
		seen = json.load(open(sys.argv[1]))
		source = open(sys.argv[2]).read()
		$(cat)
	PY
}

@test "nothing is fetched from elsewhere, nothing is run" {
	run grep -Eio '<(script|link|img|iframe)|url\(|@import|src=' "$page"
	[ -z "$output" ]
	# The names of SVG's and XLink's own languages are no addresses to fetch from.
	run bash -c 'grep -Eo "https?://[^ ]*" "$1" | grep -v "^http://www.w3.org/"' sh "$page"
	[ -z "$output" ]
}

legible() {
	look "$1"
	check <<-'PY'
		def luminance(color):
		    parts = [int(x) / 255 for x in re.findall(r"\d+", color)[:3]]
		    r, g, b = (x / 12.92 if x <= 0.03928 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
		    return 0.2126 * r + 0.7152 * g + 0.0722 * b
		def contrast(a, b):
		    high, low = sorted((luminance(a), luminance(b)), reverse=True)
		    return (high + 0.05) / (low + 0.05)
		paper = seen["paper"]
		assert len(seen["figures"]) >= 15, len(seen["figures"])
		for figure in seen["figures"]:
		    assert figure["width"] > 300 and figure["height"] > 180, figure
		    assert figure["caption"] and len(figure["texts"]) >= 6, figure
		    for color in figure["text_colors"]:
		        assert contrast(color, paper) >= 7, (figure["caption"], color, paper)
		    assert figure["line_colors"], figure
		    for color in figure["line_colors"]:
		        assert contrast(color, paper) >= 3, (figure["caption"], color, paper)
		for color in seen["text_colors"]:
		    assert contrast(color, paper) >= 4.5, (color, paper)
		assert (luminance(paper) > 0.5) == (seen["theme"] == "light"), (paper, seen["theme"])
	PY
	python3 -c 'import json, sys; assert json.load(open(sys.argv[1]))["theme"] == sys.argv[2]' \
		"$seen" "$1"
}

@test "legible in the light theme" {
	legible light
}

@test "legible in the dark theme" {
	legible dark
}

@test "axes say what they measure, and in what" {
	look light
	check <<-'PY'
		words = ("bytes", "events", "microseconds", "nanoseconds", "records", "percent", "CPUs")
		for figure in seen["figures"]:
		    labels = [t for t in figure["texts"] if any(word in t for word in words)]
		    assert labels, figure
		parts = {part for part in seen["sections"]}
		assert parts == {"flood", "paced", "idle", "burst", "order", "guard", "verbs"}, parts
	PY
}

@test "no text runs over another, or out of its drawing" {
	look light
	check <<-'PY'
		for figure in seen["figures"]:
		    assert not figure["outside"], (figure["caption"], figure["outside"])
		    assert not figure["overlaps"], (figure["caption"], figure["overlaps"])
	PY
}
