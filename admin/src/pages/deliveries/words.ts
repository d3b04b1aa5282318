import type { Schemas } from '@/api/client'

export type Delivery = Schemas['Delivery']
export type State = Schemas['DeliveryState']
export const states: State[] = ['pending', 'held', 'sending', 'sent', 'uncertain', 'dropped', 'expired', 'dead']
export const tones = { pending: 'mute', held: 'unsure', sending: 'mute', sent: 'good', uncertain: 'unsure', dropped: 'bad', expired: 'bad', dead: 'bad' } as const

/** Whether an operator may send it again. */
export const replayable = (d: Delivery): boolean => ['dead', 'expired', 'dropped', 'uncertain'].includes(d.state)
