import { autocompletion, closeBrackets, completionKeymap, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { bracketMatching } from '@codemirror/language'
import { EditorState, Prec, type Extension } from '@codemirror/state'
import { EditorView, drawSelection, keymap, placeholder } from '@codemirror/view'
import type { Schemas } from '@/api/client'
import { say } from '@/i18n'
import { units } from './place'

/** What the field asks of its owner. */
export interface ConditionHelp {
  complete(ask: Schemas['CompleteAsk']): Promise<Schemas['Completions']['items']>
  changed(text: string): void
  entered(): void
  hint: string
  nonce: string
}

function completions(help: ConditionHelp) {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const text = context.state.doc.toString()
    const before = text.slice(0, context.pos)
    if (!context.explicit && !/[\w.\u4e00-\u9fff"']$/.test(before)) return null
    const items = await help.complete({ expression: text, cursor: [...before].length }).catch(() => [])
    const first = items[0]
    if (!first) return null
    return { from: units(text, first.from), options: items.map((one, i) => ({ label: one.label, apply: one.insert, detail: say(one.detail), type: one.kind, boost: -i })), filter: false }
  }
}

/** A condition on one line; Enter hands it in. */
export function conditionField(help: ConditionHelp): Extension[] {
  return [
    history(), drawSelection(), bracketMatching(), closeBrackets(), placeholder(help.hint), EditorView.cspNonce.of(help.nonce),
    autocompletion({ override: [completions(help)] }),
    keymap.of([...completionKeymap, { key: 'Enter', run: () => (help.entered(), true) }, ...defaultKeymap, ...historyKeymap]),
    Prec.high(EditorState.transactionFilter.of((tr) => (tr.newDoc.lines > 1 ? [] : tr))),
    EditorView.clipboardInputFilter.of((text) => text.replace(/\s*\n\s*/g, ' ')),
    EditorView.updateListener.of((u) => {
      if (u.docChanged) help.changed(u.state.doc.toString())
    }),
  ]
}
