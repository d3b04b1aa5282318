import { api, ask, type Schemas } from '@/api/client'
import type { paths } from '@/api/schema.gen'

export type Report = Schemas['Report']
export type ReportName = paths['/api/v1/reports/{report}']['get']['parameters']['path']['report']
type Query = NonNullable<paths['/api/v1/reports/{report}']['get']['parameters']['query']>

/** Figures by the day. (The same call can answer a file; the console asks for none.) */
export async function getReport(report: ReportName, query: Query): Promise<Report> {
  return (await ask(api.GET('/api/v1/reports/{report}', { params: { path: { report }, query } }))) as Report
}
