import { onMounted, type Ref } from 'vue'
import { say } from '@/i18n'
import { useVocabulary } from '@/stores/vocabulary'

/** What a review's places are called: groups, or tiers of its ladder. */
export function usePlaces(ladder: Ref<string>) {
  const vocabulary = useVocabulary()
  onMounted(() => void vocabulary.load().catch(() => {})) // without it a place is shown by its key
  function placeName(key: string): string {
    const list = ladder.value ? vocabulary.words?.ladders.find((l) => l.key === ladder.value)?.tiers : vocabulary.words?.groups
    return say(list?.find((x) => x.key === key)?.title, key)
  }
  return { placeName }
}
