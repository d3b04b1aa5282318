import { onMounted } from 'vue'
import { say } from '@/i18n'
import { useVocabulary } from '@/stores/vocabulary'

/** What things of the workspace are called, by their keys; the key where it is not known. */
export function useTitles() {
  const vocabulary = useVocabulary()
  onMounted(() => void vocabulary.load().catch(() => {})) // without it keys are shown
  function title(kind: 'groups' | 'rewards' | 'tiers' | 'ladders' | 'attributes' | 'channels', key: string): string {
    const words = vocabulary.words
    const list = kind === 'tiers' ? words?.ladders.flatMap((one) => one.tiers) : words?.[kind]
    return say(list?.find((one) => one.key === key)?.title, key)
  }
  return { title, vocabulary }
}
