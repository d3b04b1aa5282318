package app

import "net/http"

// The page that a set-up link opens: it exchanges the secret in the address's
// fragment for the owner's token and shows it. It works without the console.

const setupHTML = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Bylaw 群规</title>
<link rel="stylesheet" href="reference.css">
<body class="alone">
<main>
<h1>Bylaw 群规</h1>
<p lang="en">This makes the owner's token of this server. It is shown once: keep it like a password.</p>
<p lang="zh">生成本服务器的所有者令牌。令牌只显示一次，请像密码一样保管。</p>
<p><button id="go"><span lang="en">Make the token</span><span lang="zh">生成令牌</span></button></p>
<pre id="token" role="status" tabindex="0" hidden></pre>
<p id="next" hidden><a href="reference"><span lang="en">The API reference, with a first event to send</span><span lang="zh">API 参考，附第一个事件示例</span></a></p>
</main>
<script src="setup.js"></script>
</body>
</html>
`

const setupJS = `"use strict";
const zh = (navigator.language || "").startsWith("zh");
document.documentElement.lang = zh ? "zh" : "en";
for (const one of document.querySelectorAll(zh ? "body [lang=en]" : "body [lang=zh]")) one.hidden = true;
const button = document.getElementById("go");
const output = document.getElementById("token");
const say = (text) => { output.textContent = text; output.hidden = false; };
button.addEventListener("click", async () => {
  button.disabled = true;
  try {
    const answer = await fetch("api/v1/setup", {
      method: "POST",
      headers: {"Content-Type": "application/json"},
      body: JSON.stringify({secret: location.hash.slice(1)}),
    });
    const body = await answer.json();
    if (answer.ok) {
      say(body.secret);
      document.getElementById("next").hidden = false;
      history.replaceState(null, "", location.pathname);
      return;
    }
    say(zh ? body.message.zh : body.message.en);
  } catch {
    say(zh ? "无法连接服务器。请确认它仍在运行，然后重试。" : "The server cannot be reached. See that it still runs, then try again.");
  }
  button.disabled = false;
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
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		_, _ = w.Write([]byte(text)) // a browser that is gone needs no answer
	})
}
