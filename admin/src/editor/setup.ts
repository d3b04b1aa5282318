import { autocompletion, closeBrackets, completionKeymap, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { yaml } from '@codemirror/lang-yaml'
import { HighlightStyle, bracketMatching, indentOnInput, syntaxHighlighting } from '@codemirror/language'
import { lintGutter, lintKeymap, type Diagnostic } from '@codemirror/lint'
import { Compartment, EditorState, type Extension } from '@codemirror/state'
import { EditorView, drawSelection, highlightActiveLine, hoverTooltip, keymap, lineNumbers, type Tooltip } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import type { Schemas } from '@/api/client'
import { say } from '@/i18n'
import { listensTo, nameAt, placeAt, units } from './place'

type Fault = Schemas['Fault']

/** What the editor asks of the page. */
export interface Help {
  complete(ask: Schemas['CompleteAsk']): Promise<Schemas['Completions']['items']>
  about(name: string): { title: string; text: string; example?: string } | undefined // what a name of the language means
  changed(document: string): void
  nonce: string
}

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--code-key)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--code-text)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--code-number)' },
  { tag: tags.comment, color: 'var(--el-text-color-secondary)', fontStyle: 'italic' },
])

/** Where a fault stands in the document, and what mends it. */
export function diagnosticOf(f: Fault, doc: EditorState['doc'], fixWords: string, fix: (f: Fault) => void): Diagnostic {
  const line = doc.line(Math.min(Math.max(f.line ?? 1, 1), doc.lines))
  const from = Math.min(line.from + units(line.text, (f.column ?? 1) - 1), line.to)
  const to = f.end ? Math.min(line.from + units(line.text, f.end - 1), line.to) : line.to
  const hint = say(f.hint)
  return { from, to: Math.max(from, to), severity: f.warning ? 'warning' : 'error', message: hint ? `${say(f.message)}\n${hint}` : say(f.message), source: f.code, actions: f.fix ? [{ name: fixWords, apply: () => fix(f) }] : [] }
}

function completions(help: Help) {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const document = context.state.doc.toString()
    const place = placeAt(document, context.pos)
    if (!place || (!context.explicit && !/[\w.\u4e00-\u9fff"']$/.test(document.slice(0, context.pos)))) return null
    const items = await help.complete({ expression: place.text, cursor: place.cursor, on: listensTo(document) })
    const first = items[0]
    if (!first) return null
    return {
      from: place.from + units(place.text, first.from),
      options: items.map((one, i) => ({ label: one.label, apply: one.insert, detail: say(one.detail), type: one.kind, boost: -i })),
      filter: false,
    }
  }
}

/** What a name means, when the pointer rests on it. */
function meaning(help: Help): Extension {
  return hoverTooltip((view, pos): Tooltip | null => {
    const line = view.state.doc.lineAt(pos)
    const name = nameAt(line.text, pos - line.from)
    const about = name && help.about(name.text)
    if (!name || !about) return null
    return { pos: line.from + name.from, end: line.from + name.to, above: true, create: () => ({ dom: card(about) }) }
  })
}

function card(about: { title: string; text: string; example?: string }): HTMLElement {
  const dom = document.createElement('div')
  dom.className = 'meaning'
  for (const [tag, text] of [['strong', about.title], ['p', about.text], ['code', about.example]] as const) {
    if (!text) continue
    const part = document.createElement(tag)
    part.textContent = text
    dom.append(part)
  }
  return dom
}

export const writable = new Compartment()

/** The editor of a rule document. */
export function extensions(help: Help): Extension[] {
  return [
    lineNumbers(), history(), drawSelection(), indentOnInput(), bracketMatching(), closeBrackets(), highlightActiveLine(),
    yaml(), syntaxHighlighting(colours), lintGutter(), EditorView.lineWrapping, EditorView.cspNonce.of(help.nonce),
    autocompletion({ override: [completions(help)] }), meaning(help),
    keymap.of([...defaultKeymap, ...historyKeymap, ...completionKeymap, ...lintKeymap]),
    EditorView.updateListener.of((u) => {
      if (u.docChanged) help.changed(u.state.doc.toString())
    }),
    writable.of([]),
  ]
}

/** Extensions of an editor that only shows. */
export const lookOnly = (yes: boolean): Extension => (yes ? [EditorState.readOnly.of(true), EditorView.editable.of(false)] : [])
