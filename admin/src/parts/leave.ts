import { ElMessageBox } from 'element-plus'
import { t } from '@/i18n'

/** Asks before what was typed and not saved is left. */
export const sureToLeave = (): Promise<boolean> =>
  ElMessageBox.confirm(t('common.unsaved'), { confirmButtonText: t('common.leave'), cancelButtonText: t('common.stay') }).then(() => true, () => false)
