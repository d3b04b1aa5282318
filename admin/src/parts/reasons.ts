import { computed, onMounted } from 'vue'
import type { Text } from '@/i18n'
import { useVocabulary } from '@/stores/vocabulary'

/** Why something is held, dropped or unknown, in words, with what to do about it. */
export function useReasons() {
  const vocabulary = useVocabulary()
  onMounted(() => void vocabulary.load().catch(() => {})) // without it a reason is shown by its code
  const known = computed(() => new Map((vocabulary.words?.reasons ?? []).map((r) => [r.reason, r])))
  const of = (reason: string | undefined): Text | undefined => (reason ? (known.value.get(reason)?.title ?? { en: reason, zh: reason }) : undefined)
  const next = (reason: string | undefined): Text | undefined => (reason ? known.value.get(reason)?.next : undefined)
  return { of, next }
}
