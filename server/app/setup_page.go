package app

import "net/http"

// The page that a set-up link opens: it exchanges the secret in the address's
// fragment for the owner's token and shows it. It works without the console.

const setupHTML = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Bylaw 群规</title>
<body>
<main>
<h1>Bylaw 群规</h1>
<p>This makes the owner's token of this server. It is shown once: keep it like a password.<br>
<span lang="zh">生成本服务器的所有者令牌。令牌只显示一次，请像密码一样保管。</span></p>
<p><button id="go">Make the token 生成令牌</button></p>
<p><output id="token" aria-live="polite"></output></p>
</main>
<script src="setup.js"></script>
</body>
</html>
`

const setupJS = `"use strict";
const button = document.getElementById("go");
const output = document.getElementById("token");
button.addEventListener("click", async () => {
  button.disabled = true;
  try {
    const answer = await fetch("api/v1/setup", {
      method: "POST",
      headers: {"Content-Type": "application/json"},
      body: JSON.stringify({secret: location.hash.slice(1)}),
    });
    const body = await answer.json();
    const zh = (navigator.language || "").startsWith("zh");
    output.textContent = answer.ok ? body.secret : (body.message ? (zh ? body.message.zh : body.message.en) : answer.status);
    if (answer.ok) history.replaceState(null, "", location.pathname);
    else button.disabled = false;
  } catch (error) {
    output.textContent = String(error);
    button.disabled = false;
  }
});
`

var (
	setupPage   = page("text/html; charset=utf-8", setupHTML)
	setupScript = page("text/javascript; charset=utf-8", setupJS)
)

// page serves a text under a policy that lets nothing else in.
func page(kind, text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		_, _ = w.Write([]byte(text)) // a browser that is gone needs no answer
	})
}
