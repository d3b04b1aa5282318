import type { Schemas } from '@/api/client'
import { t } from '@/i18n'
import { number } from '@/parts/time'

export type Group = Schemas['GroupDef']

export const types = ['product', 'education', 'service', 'link', 'learning', 'value', 'interest'] as const
export const phases = ['import', 'growth', 'mature', 'decline'] as const
export const intakes = ['open', 'invite', 'closed'] as const
export const aims = ['auxiliary', 'commercial'] as const
export const roles = ['assistant', 'activity', 'recorder', 'designer', 'diplomat', 'enforcer'] as const

/** As it is now, else as it was defined. */
export const phaseOf = (g: Group): string => g.state?.phase || g.phase || ''
export const intakeOf = (g: Group): string => g.state?.intake || g.intake || ''
export const stageOf = (g: Group): number => g.state?.stage || g.stage || 0
export const sizeOf = (g: Group): number => g.state?.size ?? 0
/** Seats that are free; undefined where there is no limit. */
export const freeIn = (g: Group): number | undefined => (g.capacity ? Math.max(0, g.capacity - sizeOf(g)) : undefined)

/** How many seats are taken, in words. */
export const seats = (g: Group): string => (g.capacity ? t('groups.seats', { n: number(sizeOf(g)), of: number(g.capacity) }) : t('groups.noLimit', { n: number(sizeOf(g)) }))
