import type { Schemas } from '@/api/client'
import { units } from '@/editor/place'

type Finding = Schemas['Finding']

/** Findings by the place they speak of in the condition's text, as `from-to` in UTF-16 units. */
export function placesOf(finding: Finding | undefined, condition: string): Map<string, Finding> {
  const all = new Map<string, Finding>()
  const visit = (f: Finding): void => {
    if (f.outcome) all.set(`${units(condition, f.from)}-${units(condition, f.to)}`, f)
    f.kids?.forEach(visit)
  }
  if (finding) visit(finding)
  return all
}
