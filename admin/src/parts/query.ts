import { computed, type WritableComputedRef } from 'vue'
import { useRoute, useRouter } from 'vue-router'

/** A filter that lives in the address, so that a link brings it back. Empty is absent. */
export function useQuery(name: string, otherwise = ''): WritableComputedRef<string> {
  const route = useRoute()
  const router = useRouter()
  return computed({
    get: () => (typeof route.query[name] === 'string' ? (route.query[name] as string) : otherwise),
    set: (value) => {
      const query = { ...route.query, [name]: value && value !== otherwise ? value : undefined }
      void router.replace({ query, hash: route.hash })
    },
  })
}
