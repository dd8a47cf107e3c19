// Has the browser keep the page's own files, so that it opens without the server, too.

export async function keepForLater() {
  if (!("serviceWorker" in navigator)) return;
  const policy = window.trustedTypes?.createPolicy("inkread", { createScriptURL: () => "/sw.js" });
  try {
    await navigator.serviceWorker.register(policy?.createScriptURL("") ?? "/sw.js");
    const loaded = performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname);
    const cache = await caches.open("inkread");
    await cache.addAll(["/", ...new Set(loaded.filter((path) => path.startsWith("/page/")))]);
    document.documentElement.dataset.kept = "yes";
  } catch {
    // Browsers refuse this in private windows, and where the certificate is one that they do not trust.
  }
}
