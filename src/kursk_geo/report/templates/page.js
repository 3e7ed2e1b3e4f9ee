"use strict";
(() => {
  const byId = (name) => document.getElementById(name);
  const all = (query, root = document) => Array.from(root.querySelectorAll(query));
  const data = JSON.parse(byId("data").textContent);
  const words = data.words, form = data.format, first = Date.parse(data.first);
  const DAY = 86400000, last = data.days;
  const hands = [byId("from"), byId("to")];
  document.documentElement.classList.add("js");

  // Days and words

  const iso = (day) => new Date(first + day * DAY).toISOString().slice(0, 10);
  const dayOf = (text) => Math.round((Date.parse(text) - first) / DAY);
  const clamp = (day) => Math.min(Math.max(day, 0), last);
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  function date(day) {
    const moment = new Date(first + day * DAY);
    return fill(form.day, {
      day: moment.getUTCDate(), month: form.months_of[moment.getUTCMonth()], year: moment.getUTCFullYear(),
    });
  }

  function number(value, digits) {
    if (value === null || Number.isNaN(value)) { return "–"; }
    const [whole, part] = Math.abs(value).toFixed(digits).split(".");
    const text = whole.replace(/\B(?=(\d{3})+$)/g, form.group) + (part ? form.decimal + part : "");
    const nothing = !/[1-9]/.test(text);
    return (value < 0 && !nothing ? "\u2212" : "") + text;
  }

  const km2 = (value) => number(value, Math.abs(value) >= 10 ? 0 : 1);

  const deep = new Set(data.more);
  const depth = (state) => {
    const text = number(data.depth[state], 1);
    return deep.has(state) ? fill(form.or_more, { figure: text }) : text;
  };

  function stateOf(day) {
    let low = 0, high = data.at.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (data.at[middle] <= day) { low = middle; } else { high = middle - 1; }
    }
    return low;
  }

  // The map

  const joined = new Map();
  function ground(state, held) {
    const key = state * 2 + held;
    if (!joined.has(key)) {
      if (joined.size > 24) { joined.delete(joined.keys().next().value); }
      const paths = [];
      for (const shape of data.shapes) {
        if (shape[1] !== held) { continue; }
        for (let i = 2; i < shape.length; i += 2) {
          if (shape[i] <= state && state <= shape[i + 1]) { paths.push(shape[0]); break; }
        }
      }
      joined.set(key, paths.join(""));
    }
    return joined.get(key);
  }

  const layers = {};
  for (const path of all("[data-layer]")) { layers[path.dataset.layer] = path; }
  const drawn = {};
  function draw(layer, path) {
    if (drawn[layer] !== path) {
      drawn[layer] = path;
      layers[layer].setAttribute("d", path);
    }
  }

  // All that follows the two days

  const cells = all(".two tbody tr").map((row) => all("td", row));
  const heads = all(".two thead th");
  const lines = all(".over line"), between = document.querySelector(".over .between");
  const flags = all(".flag"), live = byId("live");
  let days = [data.from, data.to], shown = null, playing = null;

  // Only what was redrawn between two states errs; where pairs are too many, both maps do
  function errorOf(a, b) {
    if (!data.pairs) { return Math.hypot(data.error[a], data.error[b]); }
    return a < b ? data.pairs[b * (b - 1) / 2 + a] : 0;
  }

  function sentence(from, to, a, b) {
    const net = data.held[b] - data.held[a];
    const error = errorOf(a, b);
    const values = {
      holder: words.holder, start: date(from), end: date(to), net: `${km2(Math.abs(net))}\u00a0${words.unit}`,
      error: `${km2(error)}\u00a0${words.unit}`,
      share: data.held[a] > 0 ? `${net > 0 ? "+" : ""}${number(100 * net / data.held[a], 1)}\u00a0%` : "–",
    };
    if (last === 0) { return document.title; }
    if (a === b) { return fill(words.same, values); }
    const kind = Math.abs(net) < 0.05 ? "level" : net < 0 ? "lost" : "gained";
    return fill(words[words.holder && kind !== "level" ? `${kind}_by` : kind], values);
  }

  function show() {
    const [from, to] = days;
    const [a, b] = days.map(stateOf);
    if (shown !== `${a}-${b}`) {
      draw("lost", ground(a, 1));
      draw("clip", ground(a, 1));
      draw("gained", ground(b, 1));
      draw("kept", ground(b, 1));
      draw("grey", ground(b, 0));
      shown = `${a}-${b}`;
    }
    const rows = [
      (i) => km2(data.held[i]), (i) => `± ${km2(data.error[i])}`, (i) => km2(data.grey[i]),
      ...(cells.length > 4 ? [depth] : []),
      (i) => number(data.pieces[i], 0),
    ];
    rows.forEach((text, row) => [a, b].forEach((state, end) => {
      cells[row][end].textContent = text(state);
    }));
    const text = sentence(from, to, a, b);
    live.textContent = text;
    byId("atlas-words").textContent = text;
    days.forEach((day, end) => {
      const share = `${last ? 100 * day / last : 100 * end}%`;
      lines[end].setAttribute("x1", share);
      lines[end].setAttribute("x2", share);
      flags[end].style.left = `calc(14px + (100% - 28px) * ${last ? day / last : end})`;
      heads[end].textContent = date(day);
      hands[end].value = String(day);
      hands[end].setAttribute("aria-valuetext", `${date(day)}: ${km2(data.held[[a, b][end]])} ${words.unit}`);
    });
    between.setAttribute("x", `${last ? 100 * from / last : 0}%`);
    between.setAttribute("width", `${last ? 100 * (to - from) / last : 0}%`);
  }

  function move(from, to, write = true) {
    days = [clamp(Math.min(from, to)), clamp(Math.max(from, to))];
    show();
    if (write) { remember(); }
  }

  let timer = null;
  function remember() {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const only = /only=\w+/.exec(location.hash);
      const hash = `#from=${iso(days[0])}&to=${iso(days[1])}${only ? `&${only[0]}` : ""}`;
      try { history.replaceState(null, "", hash); } catch { location.replace(hash); }
    }, 150);
  }

  function restore() {
    const asked = new URLSearchParams(location.hash.slice(1));
    const ends = ["from", "to"].map((name) => dayOf(asked.get(name) || ""));
    if (ends.every(Number.isFinite)) { move(ends[0], ends[1], false); }
    const only = asked.get("only"), root = document.documentElement;
    root.classList.remove("only", "only-area", "only-map");
    all(".shown").forEach((one) => one.classList.remove("shown"));
    const target = only && byId(only);
    if (target) {
      root.classList.add("only", `only-${only}`);
      target.closest("section").classList.add("shown");
    }
    const row = location.hash.startsWith("#s-") && byId(location.hash.slice(1));
    if (row) { row.open = true; }
  }

  hands.forEach((hand, end) => {
    hand.addEventListener("input", () => {
      stop();
      const day = Number(hand.value);
      // A handle that meets the other one stops there.
      if (end === 0) { move(Math.min(day, days[1]), days[1]); } else { move(days[0], Math.max(day, days[0])); }
    });
    hand.addEventListener("keydown", (event) => {
      const step = { PageUp: 28, PageDown: -28 }[event.key];
      if (!step) { return; }
      event.preventDefault();
      hand.value = String(clamp(days[end] + step));
      hand.dispatchEvent(new Event("input"));
    });
  });

  // Pointer and finger on the chart: the nearer handle comes, and values show

  const axis = document.querySelector(".axis"), tip = byId("tip");
  const dayAt = (event) => {
    const box = axis.getBoundingClientRect();
    return clamp(Math.round(last * (event.clientX - box.left) / box.width));
  };
  function bring(event) {
    const day = dayAt(event);
    const near = grabbed ?? (Math.abs(day - days[0]) < Math.abs(day - days[1]) ? 0 : 1);
    grabbed = near;
    if (near === 0) { move(Math.min(day, days[1]), days[1]); } else { move(days[0], Math.max(day, days[0])); }
  }
  let grabbed = null;
  axis.addEventListener("pointerdown", (event) => {
    if (event.target.tagName === "INPUT") { return; }
    stop();
    bring(event);
    axis.setPointerCapture(event.pointerId);
  });
  axis.addEventListener("pointermove", (event) => {
    const day = dayAt(event), state = stateOf(day);
    tip.hidden = false;
    tip.textContent = `${date(day)}: ${km2(data.held[state])} ± ${km2(data.error[state])} ${words.unit}`;
    const box = axis.getBoundingClientRect(), x = event.clientX - box.left;
    tip.style.left = `${Math.max(0, Math.min(x + 12, box.width - tip.offsetWidth - 4))}px`;
    if (grabbed !== null && event.buttons) { bring(event); }
  });
  axis.addEventListener("pointerup", () => { grabbed = null; });
  axis.addEventListener("pointerleave", () => { tip.hidden = true; grabbed = null; });
  axis.style.touchAction = "pan-y";

  // Presets, months, events and sentences move the handles

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-to], [data-iso]");
    if (!button || button.tagName === "INPUT") { return; }
    stop();
    if (button.dataset.iso) {
      move(...button.dataset.iso.split(" ").map(dayOf));
      byId("map").scrollIntoView();
    } else {
      move(Number(button.dataset.from ?? days[0]), Number(button.dataset.to));
      const row = button.getAttribute("href");
      if (row && row.startsWith("#s-")) { byId(row.slice(1)).open = true; }
      if (row) { event.preventDefault(); }
      if (button.classList.contains("small")) { byId("map").scrollIntoView(); }
    }
  });
  all(".marks a").forEach((link) => link.addEventListener("click", () => {
    byId(link.getAttribute("href").slice(1)).open = true;
  }));

  // Small maps of the months, drawn when they come into sight

  const svg = (name, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) { made.setAttribute(key, value); }
    return made;
  };
  const clips = { next: 0 };
  function small(button) {
    const sheet = button.querySelector("svg");
    const [a, b] = [button.dataset.from, button.dataset.to].map((day) => stateOf(Number(day)));
    const group = svg("g", { transform: `scale(${data.scale})` });
    const clip = svg("clipPath", { id: `small-${clips.next += 1}` });
    clip.append(svg("path", { d: ground(a, 1) }));
    group.append(
      clip, ...all(".layers .ukraine").map((one) => one.cloneNode()),
      svg("path", { class: "lost", d: ground(a, 1) }), svg("path", { class: "gained", d: ground(b, 1) }),
      svg("path", { class: "kept", d: ground(b, 1), "clip-path": `url(#${clip.id})` }),
      ...all(".layers .border").map((one) => one.cloneNode()),
    );
    sheet.append(group);
  }
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries.filter((one) => one.isIntersecting)) {
      seen.unobserve(entry.target);
      small(entry.target);
    }
  }, { rootMargin: "300px" });
  all(".multiples .small").forEach((button) => seen.observe(button));

  // Playing takes true time, half a minute at most

  const play = byId("play");
  function stop() {
    if (playing === null) { return; }
    cancelAnimationFrame(playing);
    playing = null;
    play.textContent = words.play;
    remember();
  }
  play.addEventListener("click", () => {
    if (playing !== null) { stop(); return; }
    const from = days[0], to = days[1] > from ? days[1] : last;
    const length = Math.min(30000, (to - from) * 100);
    let began = null;
    play.textContent = words.stop;
    const step = (now) => {
      began ??= now;
      const share = length ? Math.min((now - began) / length, 1) : 1;
      move(from, Math.round(from + share * (to - from)), false);
      if (share < 1) { playing = requestAnimationFrame(step); } else { stop(); }
    };
    playing = requestAnimationFrame(step);
  });

  // Downloads, all made here

  const said = byId("said");
  function save(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    said.textContent = name;
  }
  function picture() {
    const copy = document.querySelector(".atlas").cloneNode(true);
    const sources = [document.querySelector(".atlas"), ...all(".atlas *")];
    const names = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-size", "font-weight", "font-style", "text-anchor", "paint-order", "vector-effect", "fill-rule", "letter-spacing", "display"];
    [copy, ...copy.querySelectorAll("*")].forEach((element, i) => {
      const style = getComputedStyle(sources[i]);
      for (const name of names) {
        const value = style.getPropertyValue(name);
        if (value && value !== "auto") { element.setAttribute(name, value); }
      }
    });
    const box = copy.getAttribute("viewBox").split(" ").map(Number);
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("width", "1600");
    copy.setAttribute("height", String(Math.round(1600 * (box[3] + 40) / box[2])));
    copy.setAttribute("viewBox", `0 0 ${box[2]} ${box[3] + 40}`);
    copy.setAttribute("font-family", "'Source Sans 3', sans-serif");
    const style = getComputedStyle(document.documentElement);
    copy.prepend(svg("rect", { width: "100%", height: "100%", fill: style.getPropertyValue("--land") }));
    const note = svg("text", { x: "10", y: String(box[3] + 26), "font-size": "14", fill: style.getPropertyValue("--ink") });
    note.textContent = `${live.textContent} ${document.querySelector(".credit").textContent.trim().slice(0, 90)}`;
    copy.append(note);
    return new XMLSerializer().serializeToString(copy);
  }
  const make = {
    link: () => {
      const address = `${location.href.split("#")[0]}#from=${iso(days[0])}&to=${iso(days[1])}`;
      const done = () => { said.textContent = words.copied; };
      if (navigator.clipboard) { navigator.clipboard.writeText(address).then(done, () => { said.textContent = address; }); }
      else { said.textContent = address; }
    },
    csv: () => {
      const rows = data.at.map((day, i) => [iso(day), data.held[i], data.error[i], data.grey[i], data.depth[i] ?? "", data.pieces[i]].join(","));
      const text = ["day,held_km2,error_km2,contested_km2,depth_km,sections", ...rows].join("\r\n");
      save(new Blob([`${text}\r\n`], { type: "text/csv" }), "figures.csv");
    },
    svg: () => save(new Blob([picture()], { type: "image/svg+xml" }), `map-${iso(days[0])}-${iso(days[1])}.svg`),
    png: () => {
      const image = new Image();
      image.onload = () => {
        const canvas = document.createElement("canvas");
        canvas.width = image.width;
        canvas.height = image.height;
        canvas.getContext("2d").drawImage(image, 0, 0);
        canvas.toBlob((blob) => save(blob, `map-${iso(days[0])}-${iso(days[1])}.png`));
      };
      image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(picture())}`;
    },
  };
  all("[data-do]").forEach((button) => button.addEventListener("click", () => make[button.dataset.do]()));

  window.addEventListener("hashchange", restore);
  show();
  restore();
})();
