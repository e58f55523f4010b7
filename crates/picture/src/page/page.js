"use strict";
// Which customers, beside whom, and what is open: all of it is in the address, so that a link shows the same.
const find = (selector) => document.querySelector(selector);
const all = (selector) => document.querySelectorAll(selector);
const findings = JSON.parse(find("#findings").textContent);
const group = find("#group"), beside = find("#beside"), panel = find("#evidence"), sheet = find(".sheet");
let opener = null;

function show() {
  const first = Number(group.value) || 0;
  const other = beside && beside.value !== "" && Number(beside.value) !== first ? Number(beside.value) : null;
  const key = other === null ? `${first}` : `${first}-${other}`;
  let shown = null;
  for (const figure of all(".wide")) {
    figure.hidden = figure.dataset.picture !== key;
    if (!figure.hidden) shown = figure;
  }
  if (!shown) { // Of very many groups not every pair is drawn.
    shown = find(`.wide[data-picture="${first}"]`);
    if (shown) shown.hidden = false;
  }
  sheet.classList.toggle("single", other === null);
  for (const phone of all(".phone")) phone.hidden = other !== null || Number(phone.dataset.group) !== first;
  for (const table of all(".scroll")) table.hidden = Number(table.dataset.group) !== first && Number(table.dataset.group) !== other;
  if (shown) stick(shown);
}

// Copies of the names of lanes and stages that stay in sight while the map scrolls.
function stick(figure) {
  if (figure.dataset.stuck) return;
  figure.dataset.stuck = "yes";
  const svg = figure.querySelector("svg");
  const [left, top, lanes, bottom] = ["left", "top", "lanes", "bottom"].map((name) => Number(figure.dataset[name]));
  const width = Number(svg.getAttribute("width"));
  const strip = (name, from, to, right) => {
    const box = document.createElement("div");
    box.className = `stuck ${name}`;
    box.setAttribute("aria-hidden", "true");
    box.style.width = `${right}px`;
    box.style.height = `${to - from}px`;
    box.style.marginTop = `${from}px`;
    if (name !== "corner") {
      const copy = svg.cloneNode(true);
      copy.querySelectorAll("[tabindex]").forEach((part) => { part.removeAttribute("tabindex"); part.removeAttribute("role"); });
      copy.querySelectorAll("title,desc").forEach((words) => words.remove());
      copy.setAttribute("viewBox", `0 ${from} ${right} ${to - from}`);
      copy.setAttribute("width", right);
      copy.setAttribute("height", to - from);
      box.append(copy);
    }
    figure.append(box);
  };
  if (bottom <= lanes) return;
  strip("heads", lanes, bottom, left - 1);
  strip("stages", top, lanes - 1, width);
  strip("corner", top, lanes - 1, left - 1);
}

function open(part) {
  const finding = findings[part.dataset.key];
  if (!finding) return;
  close();
  opener = part;
  part.setAttribute("aria-expanded", "true");
  panel.className = finding.word.toLowerCase();
  panel.querySelector(".word").textContent = ({ Pain: "▼ ", Delight: "▲ " }[finding.word] || "") + finding.word;
  panel.querySelector("h2").textContent = finding.title;
  panel.querySelector(".sentence").textContent = finding.sentence;
  const list = panel.querySelector("dl");
  list.replaceChildren();
  for (const [name, value] of finding.rows) {
    const term = document.createElement("dt"), figure = document.createElement("dd");
    term.textContent = name;
    figure.textContent = value;
    list.append(term, figure);
  }
  panel.hidden = false;
  remember(part.dataset.key);
}

function close() {
  panel.hidden = true;
  if (opener) opener.removeAttribute("aria-expanded");
  opener = null;
}

function remember(key) {
  const state = new URLSearchParams();
  if (group.value && group.value !== "0") state.set("customers", group.value);
  if (beside && beside.value) state.set("beside", beside.value);
  if (key) state.set("open", key);
  try { history.replaceState(null, "", `#${state}`); } catch { /* some viewers forbid it */ }
}

document.addEventListener("click", (event) => {
  const part = event.target.closest(".part");
  if (part) open(part);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !panel.hidden) {
    const back = opener;
    close();
    if (back) back.focus();
    remember();
  }
  const part = event.target.closest && event.target.closest(".part");
  if (!part) return;
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    open(part);
  }
  // The arrows move to the nearest part in their direction.
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!way) return;
  event.preventDefault();
  const middle = (one) => { const box = one.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; };
  const here = middle(part);
  let best = null, least = Infinity;
  for (const other of part.closest("svg").querySelectorAll(".part")) {
    const there = middle(other);
    const ahead = (there[0] - here[0]) * way[0] + (there[1] - here[1]) * way[1];
    const aside = Math.abs((there[0] - here[0]) * way[1]) + Math.abs((there[1] - here[1]) * way[0]);
    if (other !== part && ahead > 4 && ahead + 3 * aside < least) { least = ahead + 3 * aside; best = other; }
  }
  if (best) best.focus();
});
find("#close").addEventListener("click", () => { const back = opener; close(); remember(); if (back) back.focus(); });
for (const choice of [group, beside]) if (choice) choice.addEventListener("change", () => { close(); show(); remember(); });
find("#theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});

const state = new URLSearchParams(location.hash.slice(1));
const known = (select, value) => select && [...select.options].some((option) => option.value === value);
if (known(group, state.get("customers"))) group.value = state.get("customers");
if (known(beside, state.get("beside"))) beside.value = state.get("beside");
show();
const asked = state.get("open");
if (asked) for (const part of all(".part")) if (part.dataset.key === asked && part.getClientRects().length) { open(part); break; }
