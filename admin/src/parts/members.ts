import type { Schemas } from '@/api/client'

/** What a member is called: their name where it may be seen, else the first identity, else the id. */
export const memberName = (m: Schemas['Member']): string => m.name || m.identities?.map((i) => i.external_id)[0] || m.id
