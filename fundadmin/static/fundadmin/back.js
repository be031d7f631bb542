// At a shared desk: a page that the browser kept for Back is shown only to who may still read it. The server tells the
// browser to forget such pages when somebody logs out (fundadmin/going_back.py); not every browser does.
addEventListener("pageshow", async (event) => {
  const [arrival] = performance.getEntriesByType("navigation");
  const isOfSomebody = document.querySelector(".who");
  if (!isOfSomebody || !(event.persisted || arrival?.type === "back_forward")) return;
  document.body.hidden = true;
  // Who isn't logged in is sent to the log-in, and a stranger's page isn't there.
  const answer = await fetch(location.href, { method: "HEAD", redirect: "manual", cache: "no-store" }).catch(() => null);
  if (!answer || answer.type === "opaqueredirect" || answer.status === 404) return location.replace(location.href);
  document.body.hidden = false;
});
