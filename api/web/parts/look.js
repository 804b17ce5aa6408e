// How the elements look. A page changes it through the custom properties that begin with --zhiku-.

const LIGHT = {
  ground: "#f3f5f8", paper: "#fff", ink: "#1a1f27", quiet: "#5a6472", line: "#d9dee6",
  blue: "#0b5cad", "on-blue": "#fff", "blue-ground": "#e8f1fb", green: "#19703a",
  amber: "#8a4b00", "amber-ground": "#fff3dd", red: "#b3261e", mark: "#ffe58a",
};
const DARK = {
  ground: "#14171c", paper: "#1d2128", ink: "#e8ebf0", quiet: "#a2abb8", line: "#363d48",
  blue: "#6db3f8", "on-blue": "#0c1622", "blue-ground": "#17304a", green: "#6fcf8e",
  amber: "#f2b45c", "amber-ground": "#3a2a10", red: "#ff8f86", mark: "#6b5300",
};

function palette(colours) {
  return Object.entries(colours).map(([name, value]) => `--${name}: var(--zhiku-${name}, ${value});`).join(" ");
}

const TEXT = `
:host {
  color-scheme: light; ${palette(LIGHT)}
  display: block; color: var(--ink); overflow-wrap: anywhere;
  font: var(--zhiku-font, 16px/1.6 system-ui, "Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", sans-serif);
}
:host([hidden]), [hidden] { display: none !important; }
@media (prefers-color-scheme: dark) { :host(:not([theme="light"])) { color-scheme: dark; ${palette(DARK)} } }
:host([theme="dark"]) { color-scheme: dark; ${palette(DARK)} }
* { box-sizing: border-box; }
h1, h2, h3, p, ul, ol, dl, dd { margin: 0; padding: 0; }
h2 { font-size: 1.1em; }
h3 { font-size: .95em; color: var(--quiet); font-weight: 600; }
ul { list-style: none; }
p, li, dd, td, h2, h3, button, .bubble { unicode-bidi: isolate; }
.quiet { color: var(--quiet); font-size: .875em; }
.failed { color: var(--red); }
.heard { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
input, select, button { font: inherit; color: inherit; border: 1px solid var(--line); border-radius: 8px; background: var(--paper); }
button { padding: .45em 1em; cursor: pointer; }
button[type="submit"]:not(.small) { background: var(--blue); border-color: var(--blue); color: var(--on-blue); font-weight: 600; }
button.small, a.go { padding: 0 .5em; font-size: .8em; color: var(--quiet); }
a.go { display: inline-block; border: 1px solid var(--blue); border-radius: 8px; color: var(--blue); text-decoration: none; }
button.link { border: 0; padding: 0; background: none; color: var(--blue); text-align: left; }
button.link:hover { text-decoration: underline; }
button[disabled] { opacity: .6; cursor: default; }
:focus-visible { outline: 3px solid var(--blue); outline-offset: 1px; }
mark { background: var(--mark); color: inherit; border-radius: 3px; }
.choices { display: flex; flex-wrap: wrap; gap: .5em; }
.choices button { background: var(--blue-ground); border-color: transparent; }
.choices button:hover { border-color: var(--blue); }
.text { display: grid; gap: .35em; justify-items: start; }
.text > .line { font-size: 1.3em; line-height: 1.65; }
.text .choices { margin-top: .35em; }
.must-say, .warning { background: var(--amber-ground); border-left: 4px solid var(--amber); border-radius: 6px; padding: .5em .8em; }
.must-say h3, .warning h3 { color: var(--amber); }
.must-say li + li, .tips li + li { margin-top: .3em; }
.for-agent { border: 1px dashed var(--quiet); border-radius: 6px; padding: .5em .8em; }
.warning { margin-bottom: .75em; color: var(--amber); }
.notes, .further { border-left: 4px solid var(--line); padding: .2em .8em; }
.fit { margin-bottom: .75em; border-color: var(--blue); }
.further article { display: grid; gap: .3em; }
.further article + article { margin-top: .6em; }
.for-agent .line, .further .text > .line { font-size: 1.1em; }
.transfer { display: grid; gap: .4em; }
section:not(.must-say):not(.actions) > ul { list-style: disc; padding-left: 1.2em; }
.product { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .2em .9em; }
.product dt { color: var(--quiet); }
.status { font-weight: 600; }
.status.on_sale { color: var(--green); }
.status.grandfathered { color: var(--amber); }
.status.withdrawn { color: var(--red); }
.actions ul { display: grid; gap: .3em; }
.tag { display: inline-block; padding: 0 .5em; margin-left: .1em; border-radius: 4px; background: var(--blue-ground); color: var(--blue); font-size: .8em; font-weight: 400; }
.messages article { display: grid; grid-template-columns: minmax(0, 1fr); gap: .3em; justify-items: start; margin-top: .4em; }
.bubble { background: var(--ground); border: 1px solid var(--line); border-radius: 4px 12px 12px; padding: .5em .8em; font-size: .95em; }
.buttons { display: flex; flex-wrap: wrap; gap: .4em; }
.blanks { display: grid; gap: .3em; width: 100%; font-size: .875em; justify-items: start; }
.blanks label { display: grid; grid-template-columns: 8em minmax(0, 1fr); gap: .5em; align-items: baseline; width: 100%; color: var(--quiet); }
.blanks input { padding: .15em .5em; color: var(--ink); min-width: 0; }
.said:empty { display: none; }
.said { font-size: .875em; color: var(--quiet); }
.open { color: var(--amber); }
details table { border-collapse: collapse; font-size: .85em; margin-top: .3em; }
summary { cursor: pointer; color: var(--blue); }
th, td { text-align: left; padding: .15em .75em .15em 0; vertical-align: top; font-weight: 400; }
th { font-weight: 600; }
.feedback { display: flex; flex-wrap: wrap; gap: .4em; align-items: center; margin-top: .9em; padding-top: .6em; border-top: 1px solid var(--line); font-size: .95em; }
.feedback form { display: flex; gap: .4em; flex: 1 1 100%; }
.feedback input { flex: 1; min-width: 0; padding: .15em .5em; font-size: .875em; }
dialog { width: min(46rem, calc(100vw - 1.5rem)); max-height: 88vh; overflow: hidden auto; border: 1px solid var(--line); border-radius: 12px; padding: 1.1em 1.35em; background: var(--paper); color: var(--ink); }
dialog::backdrop { background: rgba(0, 0, 0, .45); }
dialog section { margin-top: .9em; }
dialog section.must-say { margin-top: .5em; }
dialog ol, dialog section > ul { padding-left: 1.4em; }
dialog ol { list-style: decimal; }
dialog .product { margin-top: .6em; }
.close { position: sticky; top: 0; float: right; padding: 0 .7em; font-size: 1.2em; }
`;

/** A style sheet for a shadow root: not a style element, which a strict page would refuse. */
export function sheetOf(text) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return sheet;
}

export const look = sheetOf(TEXT);
