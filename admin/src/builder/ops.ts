import { t } from '@/i18n'
import type { Op } from './model'

const keys: Record<Op, string> = { '==': 'eq', '!=': 'ne', '<': 'lt', '<=': 'le', '>': 'gt', '>=': 'ge', in: 'in', 'not in': 'notIn', has: 'has', 'has not': 'hasNot', contains: 'contains', startsWith: 'startsWith', endsWith: 'endsWith', matches: 'matches' }

/** A comparison in words. */
export const opName = (op: Op): string => t(`builder.ops.${keys[op]}`)
