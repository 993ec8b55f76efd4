"use strict";

function fill(id, rows) {
  const table = document.getElementById(id);
  table.replaceChildren();
  for (const [name, value] of rows.length ? rows : [["none", ""]]) {
    const row = table.insertRow();
    row.insertCell().textContent = name;
    row.insertCell().textContent = value;
  }
}

async function refresh() {
  const state = document.getElementById("state");
  try {
    const now = await (await fetch("/tokenward/api/now")).json();
    fill("now", [
      ["requests at work", now.open],
      ["open connections", now.connections],
      ["seconds since start", now.uptime_seconds],
      ["last reload", now.reload.error || "went well"],
      ["rules that only flag", now.overload.sheds ? "are not run" : "are run"],
      ["new requests", now.overload.refuses ? "refused: " + now.overload.refuses : "are taken"],
    ]);
    fill("pressure", Object.entries(now.overload.pressure));
    for (const id of ["actions", "rules", "degraded"]) fill(id, Object.entries(now[id]));
    fill("policies", now.policies.map((policy) => [policy.name, policy.revision]));
    state.textContent = "as of " + new Date().toLocaleTimeString();
  } catch {
    state.textContent = "the sidecar does not answer";
  }
}

refresh();
setInterval(refresh, 2000);
