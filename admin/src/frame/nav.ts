import { Bell, ChatDotRound, Connection, DataLine, House, Medal, Promotion, Setting, User } from '@element-plus/icons-vue'
import type { Component } from 'vue'

export interface NavEntry {
  key: string // of its text, frame.nav.*; and of the pages that belong to it
  to: string
  icon: Component
}

/** The menu, in order. An entry is shown once its page exists. */
export const nav: NavEntry[] = [
  { key: 'today', to: '/', icon: House },
  { key: 'members', to: '/members', icon: User },
  { key: 'groups', to: '/groups', icon: ChatDotRound },
  { key: 'rules', to: '/rules', icon: Promotion },
  { key: 'rewards', to: '/rewards', icon: Medal },
  { key: 'campaigns', to: '/campaigns', icon: Bell },
  { key: 'channels', to: '/channels', icon: Connection },
  { key: 'reports', to: '/reports', icon: DataLine },
  { key: 'settings', to: '/settings', icon: Setting },
]

/** Pages of an area that the menu does not name; commands find them. Their texts are frame.more.*. */
export const more: { key: string; to: string }[] = [
  { key: 'gallery', to: '/gallery' },
  { key: 'ladders', to: '/ladders' },
  { key: 'reviews', to: '/reviews' },
  { key: 'import', to: '/members/import' },
  { key: 'deliveries', to: '/deliveries' },
  { key: 'templates', to: '/templates' },
  { key: 'eventTypes', to: '/definitions/event-types' },
  { key: 'attributes', to: '/definitions/attributes' },
  { key: 'segments', to: '/definitions/segments' },
]
