// Sort and filter tables, enlarge plots. The page can be read without any of it.
"use strict";

(() => {
  const compare = new Intl.Collator(undefined, { numeric: true }).compare;

  function keyOf(row, column) {
    const cell = row.cells[column];
    const text = cell.dataset.sort ?? cell.textContent.trim();
    const number = text === "" ? NaN : Number(text);
    return { text, number };
  }

  // Numbers first, then words; cells without a value stay last in either direction.
  function sort(table, header, column) {
    const direction = header.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", direction === 1 ? "ascending" : "descending");
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => ({ row, key: keyOf(row, column) }));
    rows.sort(({ key: a }, { key: b }) => {
      if (a.text === "" || b.text === "") return (a.text === "") - (b.text === "");
      const numbers = Number.isFinite(a.number) && Number.isFinite(b.number);
      return direction * (numbers ? a.number - b.number : compare(a.text, b.text));
    });
    body.append(...rows.map(({ row }) => row));
  }

  for (const table of document.querySelectorAll(".gfluxscale table.sortable")) {
    [...table.tHead.rows[0].cells].forEach((header, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...header.childNodes);
      header.append(button);
      button.addEventListener("click", () => sort(table, header, column));
    });
  }

  for (const tools of document.querySelectorAll(".gfluxscale .tools")) {
    const filter = tools.querySelector(".filter");
    const table = document.getElementById(filter.dataset.table);
    const count = tools.querySelector(".count");
    const rows = [...table.tBodies[0].rows].map((row) => ({
      row,
      text: [...row.cells].map((cell) => cell.textContent).join(" ").toLowerCase(),
    }));
    function apply() {
      const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const { row, text } of rows) {
        row.hidden = !words.every((word) => text.includes(word));
        shown += !row.hidden;
      }
      const all = `${rows.length} ${rows.length === 1 ? "row" : "rows"}`;
      count.value = shown === rows.length ? all : `${shown} of ${all}`;
    }
    filter.addEventListener("input", apply);
    tools.querySelector("input.polarisation").addEventListener("change", (event) => {
      table.classList.toggle("with-polarisation", event.target.checked);
    });
    tools.hidden = false;
    apply();
  }

  const viewer = document.querySelector(".viewer");
  if (viewer && viewer.showModal) {
    const links = [...document.querySelectorAll(".gfluxscale .plot")];
    const image = viewer.querySelector("img");
    let current = 0;

    function show(index) {
      current = (index + links.length) % links.length;
      const link = links[current];
      image.src = link.href;
      image.alt = link.querySelector("img").alt;
      viewer.querySelector("h2").textContent = link.dataset.title;
      const caption = link.closest("figure").querySelector("figcaption");
      viewer.querySelector(".viewer-caption").textContent = caption.textContent;
      const plot = viewer.querySelector(".viewer-plot");
      plot.classList.toggle("tall", link.closest(".wide") !== null);
      plot.scrollTo(0, 0);
    }

    links.forEach((link, index) => {
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a new tab or window, as the reader wants
        event.preventDefault();
        show(index);
        viewer.showModal();
      });
    });
    viewer.querySelector(".viewer-previous").addEventListener("click", () => show(current - 1));
    viewer.querySelector(".viewer-next").addEventListener("click", () => show(current + 1));
    viewer.querySelector(".viewer-close").addEventListener("click", () => viewer.close());
    viewer.addEventListener("click", (event) => {
      if (event.target === viewer) viewer.close(); // the backdrop
    });
    viewer.addEventListener("keydown", (event) => {
      if (event.key === "ArrowLeft") show(current - 1);
      else if (event.key === "ArrowRight") show(current + 1);
      else return;
      event.preventDefault();
    });
    viewer.addEventListener("close", () => links[current].focus());
  }

  // Closed details are left out of print, so they are opened for it.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll(".gfluxscale details:not([open])")];
    for (const details of opened) details.open = true;
    for (const image of document.images) image.loading = "eager";
  });
  window.addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
  });
})();
