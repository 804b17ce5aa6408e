"use strict";
(() => {
  const table = document.getElementById("failure-table");
  if (table) filterable(table);
  followAlong();

  function filterable(shown) {
    const panel = document.getElementById("filters");
    const search = panel.querySelector("input[type=search]");
    const fatal = panel.querySelector("input[type=checkbox]");
    const choosers = [...panel.querySelectorAll("select")];
    const count = document.getElementById("count");
    const nothing = document.getElementById("nothing");
    const rows = [...shown.tBodies[0].rows].map((row) => ({ row, text: row.textContent.toLowerCase() }));

    function apply() {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      const wanted = choosers.filter((chooser) => chooser.selectedIndex > 0);
      let kept = 0;
      for (const { row, text } of rows) {
        const fits = words.every((word) => text.includes(word))
          && wanted.every((chooser) => row.dataset[chooser.name] === chooser.value)
          && (!fatal.checked || row.dataset.fatal === "1");
        row.hidden = !fits;
        kept += fits;
      }
      const all = kept === rows.length;
      count.textContent = all ? `全部 ${rows.length} 题` : `筛出 ${kept} 题，共 ${rows.length} 题`;
      nothing.hidden = kept > 0;
    }

    function reset() {
      search.value = "";
      fatal.checked = false;
      for (const chooser of choosers) chooser.selectedIndex = 0;
      apply();
    }

    panel.hidden = false;
    panel.addEventListener("input", apply);
    panel.addEventListener("submit", (event) => event.preventDefault());
    panel.addEventListener("reset", (event) => { event.preventDefault(); reset(); });
    search.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && search.value) { event.preventDefault(); search.value = ""; apply(); }
    });

    // a link to a row that is filtered away must still lead there
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a[href^='#']");
      if (!link) return;
      if (link.dataset.filter !== undefined) {
        reset();
        const chooser = choosers.find((one) => one.name === link.dataset.filter);
        const place = [...chooser.options].findIndex((option, n) => n > 0 && option.value === link.dataset.value);
        if (place > 0) chooser.selectedIndex = place;
        apply();
      } else if (document.getElementById(link.hash.slice(1))?.hidden) {
        reset();
      }
    });
    apply();
  }

  function followAlong() {
    const links = new Map([...document.querySelectorAll("#toc a")].map((link) => [link.hash.slice(1), link]));
    const sections = [...document.querySelectorAll("main > section")].filter((section) => links.has(section.id));
    function mark() {
      const passed = sections.filter((section) => section.getBoundingClientRect().top < 120);
      const here = passed.length ? passed[passed.length - 1] : sections[0];
      for (const [id, link] of links) {
        if (here && id === here.id) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    }
    let waiting = false;
    addEventListener("scroll", () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; mark(); });
    }, { passive: true });
    mark();
  }
})();
