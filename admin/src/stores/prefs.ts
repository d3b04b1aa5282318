import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import { i18n, type Lang } from '@/i18n'

export type Theme = 'auto' | 'light' | 'dark'

const kept = <T extends string>(key: string, allowed: readonly T[], otherwise: T): T => {
  const found = localStorage.getItem(key) as T | null
  return found && allowed.includes(found) ? found : otherwise
}

/** How this browser likes the console: language and theme. */
export const usePrefs = defineStore('prefs', () => {
  const lang = ref<Lang>(kept('bylaw.lang', ['zh', 'en'], navigator.language.startsWith('zh') ? 'zh' : 'en'))
  const theme = ref<Theme>(kept('bylaw.theme', ['auto', 'light', 'dark'], 'auto'))
  const system = matchMedia('(prefers-color-scheme: dark)')
  const systemDark = ref(system.matches)
  system.addEventListener('change', (e) => (systemDark.value = e.matches))
  const dark = computed(() => theme.value === 'dark' || (theme.value === 'auto' && systemDark.value))

  watch(
    lang,
    (now) => {
      localStorage.setItem('bylaw.lang', now)
      i18n.global.locale.value = now
      document.documentElement.lang = now === 'zh' ? 'zh-CN' : 'en'
    },
    { immediate: true },
  )
  watch(theme, (now) => localStorage.setItem('bylaw.theme', now))
  watch(dark, (now) => document.documentElement.classList.toggle('dark', now), { immediate: true })
  return { lang, theme, dark }
})
