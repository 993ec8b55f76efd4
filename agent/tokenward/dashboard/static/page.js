"use strict";

// The theme that was chosen; without one the system's is used.
const root = document.documentElement;
function dress(theme) {
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  else delete root.dataset.theme;
}
function remembered() {
  try { return localStorage.getItem("theme") || "system"; } catch { return "system"; }
}
dress(remembered());

document.addEventListener("DOMContentLoaded", () => {
  root.classList.add("script");

  const theme = document.getElementById("theme");
  theme.value = remembered();
  theme.addEventListener("change", () => {
    dress(theme.value);
    try { localStorage.setItem("theme", theme.value); } catch { /* it holds for this page */ }
  });

  for (const part of document.querySelectorAll("[data-refresh]")) refresh(part);
  for (const area of document.querySelectorAll("[data-counts]")) counting(area);
});

// Loads a part of the page again and again, unless it is paused, hidden, or being read.
function refresh(part) {
  const pause = document.getElementById("pause");
  const state = document.getElementById("state");
  const seconds = Number(part.dataset.refresh);
  let paused = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.textContent = paused ? "Resume" : "Pause";
    state.textContent = paused ? "paused" : `refreshes every ${seconds} s`;
  });
  setInterval(async () => {
    const busy = part.contains(document.activeElement) || !getSelection().isCollapsed;
    if (paused || busy || document.hidden) return;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      if (!answer.ok) throw new Error(answer.status);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(part.id);
      if (fresh && !paused) part.replaceChildren(...fresh.childNodes);
      if (!paused) state.textContent = `refreshes every ${seconds} s`;
    } catch {
      if (!paused) state.textContent = "no answer; trying again";
    }
  }, 1000 * seconds);
}

// Says how long a text is, and how long it may be.
function counting(area) {
  const place = document.getElementById(area.dataset.counts);
  const most = Number(area.dataset.most);
  const tell = () => {
    const length = [...area.value].length;
    place.textContent = `${length.toLocaleString("en")} of ${most.toLocaleString("en")} characters`;
    place.classList.toggle("over", length > most);
  };
  area.addEventListener("input", tell);
  tell();
}
