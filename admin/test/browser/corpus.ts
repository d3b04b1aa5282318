// Texts that would run a script where a page wrote them as markup, an attribute, an address or a template.
// Each calls ran() with its number; the test defines ran and sees that nobody called it.

const call = (n: number): string => `ran(${n})`

const inElements = ['img src=x onerror', 'svg onload', 'body onload', 'input autofocus onfocus', 'details open ontoggle', 'video src=x onerror', 'audio src=x onerror', 'iframe onload', 'marquee onstart', 'object data=x onerror', 'select autofocus onfocus', 'style onload', 'button onclick', 'a onmouseover', 'math><mtext><img src=x onerror']
const bare: ((js: string) => string)[] = [
  (js) => `<script>${js}</script>`,
  (js) => `<SCRIPT>${js}</SCRIPT >`,
  (js) => `<scr<script>ipt>${js}</scr</script>ipt>`,
  (js) => `<svg><script>${js}</script></svg>`,
  (js) => `<iframe srcdoc="<script>parent.${js}</script>">`,
  (js) => `<a href="javascript:${js}">x</a>`,
  (js) => `javascript:${js}`,
  (js) => `JaVaScRiPt:${js}`,
  (js) => `java\tscript:${js}`,
  (js) => `data:text/html,<script>parent.${js}</script>`,
  (js) => `{{constructor.constructor('${js}')()}}`,
  (js) => `{{${js}}}`,
  (js) => '${' + js + '}',
  (js) => `#{${js}}`,
  (js) => `<%= ${js} %>`,
  (js) => `@click="${js}"`,
  (js) => `v-html="${js}"`,
  (js) => `@:{${js}} | {0}`, // the console's own texts have links and blanks
  (js) => `<meta http-equiv=refresh content="0;url=javascript:${js}">`,
  (js) => `<form><button formaction="javascript:${js}">x`,
  (js) => `<base href="javascript:/${js}//">`,
  (js) => `<link rel=stylesheet href="javascript:${js}">`,
  (js) => `<embed src="javascript:${js}">`,
  (js) => `<template><script>${js}</script></template>`,
  (js) => `<noscript><p title="</noscript><img src=x onerror=${js}>">`,
]
const before = ['', '">', "'>", '</title>', '</textarea>', '</script>', '-->', ']]>', '\u202e', '`;', "');", '\\";', '&lt;', '</style>']

/** At least so many different texts, each no longer than most characters. */
export function corpus(least: number, most: number): string[] {
  const out = new Set<string>()
  for (const open of before) {
    for (const one of inElements) out.add(`${open}<${one}=${call(out.size)}>`)
    for (const one of bare) out.add(open + one(call(out.size)))
  }
  const list = [...out].filter((text) => [...text].length <= most)
  if (list.length < least) throw new Error(`${list.length} texts, ${least} are wanted`)
  return list
}
