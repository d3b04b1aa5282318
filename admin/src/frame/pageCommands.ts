import { onBeforeUnmount, onMounted, shallowReactive } from 'vue'
import { t } from '@/i18n'
import type { Command } from './commands'

/** What the page that is open can do, for the palette. keys is the shortcut as it is shown. */
export interface PageCommand {
  id: string
  title: string
  keys?: string
  run(): void
}

const pages = shallowReactive(new Set<() => PageCommand[]>())

/** Offers commands in the palette as long as the component that calls it is there. */
export function offer(commands: () => PageCommand[]): void {
  onMounted(() => pages.add(commands))
  onBeforeUnmount(() => pages.delete(commands))
}

/** Commands of the page, those that fit what was typed. */
export const ofPage = (fits: (title: string) => boolean): Command[] =>
  [...pages].flatMap((one) => one()).filter((one) => fits(one.title)).map((one) => ({ ...one, kind: one.keys ?? t('frame.onPage') }))
