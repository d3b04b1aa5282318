import { nextTick, onBeforeUnmount, onMounted, type Ref } from 'vue'
import { offer, type PageCommand } from '@/frame/pageCommands'
import { t } from '@/i18n'

interface Bench {
  tab: Ref<string>
  view: Ref<string>
  editable: Ref<boolean>
  dirty: Ref<boolean>
  save(): Promise<unknown>
  publish(): Promise<unknown>
}

const tabs: [key: string, text: string][] = [
  ['try', 'rules.try.tab'], ['cases', 'rules.cases'], ['backtest', 'rules.backtest.tab'], ['problems', 'rules.problems'],
  ['versions', 'rules.versions'], ['decisions', 'rules.decisions'], ['near', 'rules.near.tab'],
]

/** The workbench by keyboard: Ctrl S saves, and the palette has its steps and tabs. open shows a tab and puts the focus on it. */
export function useBenchKeys(bench: Bench): { open(tab: string): Promise<void> } {
  async function open(key: string): Promise<void> {
    bench.tab.value = key
    await nextTick()
    document.getElementById(`tab-${key}`)?.focus()
  }
  offer((): PageCommand[] => [
    ...(bench.editable.value
      ? [
          { id: 'bench:publish', title: t('rules.publish'), run: () => void bench.publish() },
          ...(bench.dirty.value ? [{ id: 'bench:save', title: t('rules.saveDraft'), keys: 'Ctrl S', run: () => void bench.save() }] : []),
        ]
      : []),
    ...tabs.map(([key, text]) => ({ id: `bench:${key}`, title: t(text), run: () => void open(key) })),
    { id: 'bench:view', title: t(bench.view.value === 'text' ? 'builder.sentence' : 'builder.text'), run: () => void (bench.view.value = bench.view.value === 'text' ? 'sentence' : 'text') },
  ])
  function keys(e: KeyboardEvent): void {
    if (!(e.ctrlKey || e.metaKey) || e.key.toLowerCase() !== 's') return
    e.preventDefault() // the browser would save the page
    if (bench.editable.value && bench.dirty.value) void bench.save()
  }
  onMounted(() => addEventListener('keydown', keys))
  onBeforeUnmount(() => removeEventListener('keydown', keys))
  return { open }
}
