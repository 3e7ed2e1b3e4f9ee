"use strict";
(() => {
  const byId = (name) => document.getElementById(name);
  const rows = Array.from(document.querySelectorAll("#states tbody tr"));
  const last = rows.length - 1;
  if (last < 1) { return; }
  const slider = byId("moment"), play = byId("play"), until = byId("until");
  const shapes = Array.from(document.querySelectorAll("#shapes path"), (path) => ({
    path,
    spans: path.dataset.on.split(" ").map((span) => span.split("-").map(Number)),
  }));
  const cells = Array.from(document.querySelectorAll("[data-column]"));
  const lines = Array.from(document.querySelectorAll("path[data-deepest]"));
  const cursors = Array.from(document.querySelectorAll("[data-cursor]"));
  let shown = null, timer = null;

  function see(element, visible) {
    if (visible) { element.removeAttribute("display"); }
    else { element.setAttribute("display", "none"); }
  }

  function show(state) {
    const row = rows[state];
    for (const { path, spans } of shapes) {
      see(path, spans.some(([first, end]) => first <= state && state <= end));
    }
    for (const cell of cells) {
      cell.textContent = row.cells[Number(cell.dataset.column)].textContent;
    }
    for (const line of lines) { line.setAttribute("d", row.dataset.deepest); }
    for (const cursor of cursors) {
      const left = Number(cursor.dataset.left), right = Number(cursor.dataset.right);
      const x = String(left + (right - left) * Number(row.dataset.at) / 100);
      cursor.setAttribute("x1", x);
      cursor.setAttribute("x2", x);
      see(cursor, true);
    }
    until.textContent = state === last
      ? ", the last state"
      : `, until ${rows[state + 1].cells[0].textContent} UTC`;
    if (shown !== null) { rows[shown].classList.remove("shown"); }
    row.classList.add("shown");
    shown = state;
    slider.value = String(state);
    slider.setAttribute("aria-valuetext",
      `${row.cells[0].textContent} UTC: held ${row.cells[1].textContent}`);
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    play.textContent = "Play";
  }

  function move(state) {
    stop();
    show(Math.min(Math.max(state, 0), last));
  }

  play.addEventListener("click", () => {
    if (timer !== null) { stop(); return; }
    if (shown === last) { show(0); }
    play.textContent = "Pause";
    timer = setInterval(() => {
      show(shown + 1);
      if (shown === last) { stop(); }
    }, 500);
  });
  slider.addEventListener("input", () => move(Number(slider.value)));
  byId("before").addEventListener("click", () => move(shown - 1));
  byId("after").addEventListener("click", () => move(shown + 1));
  byId("controls").hidden = false;
  // A browser that comes back to the page may remember where the slider stood.
  slider.value = String(last);
  show(last);
})();
