/** Figures as people read them. Null and undefined are unknown. */
const unknown = '–'

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** 1536 → `1.5 KiB`. */
export function bytes(value) {
  if (value == null) return unknown
  let amount = value
  let unit = 0
  while (amount >= 1000 && unit < units.length - 1) {
    amount /= 1024
    unit += 1
  }
  const text = unit === 0 || amount >= 100 ? Math.round(amount) : amount >= 10 ? amount.toFixed(1) : amount.toFixed(2)
  return `${text} ${units[unit]}`
}

/** Without room to spare: `1.5K`. */
export const shortBytes = (value) =>
  value == null
    ? unknown
    : bytes(value)
        .replace(/ (.)iB$/, '$1')
        .replace(' B', '')

export const rate = (value) => (value == null ? unknown : `${shortBytes(value)}/s`)

/** Thousandths of a core: `2.5m`, `250m`, `1.25`. */
export function cpu(milli) {
  if (milli == null) return unknown
  if (milli >= 1000) return (milli / 1000).toFixed(2)
  return milli === 0 ? '0' : `${milli < 10 ? Math.round(milli * 10) / 10 : Math.round(milli)}m`
}

export const count = (value) => (value == null ? unknown : String(value))

export const percent = (part, whole) => (part == null || !whole ? unknown : `${Math.round((100 * part) / whole)} %`)

/** As kubectl's AGE: `42s`, `5m10s`, `3h20m`, `2d4h`. */
export function age(ms) {
  if (ms == null || Number.isNaN(ms)) return unknown
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 120) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 10) return `${minutes}m${seconds % 60 ? `${seconds % 60}s` : ''}`
  if (minutes < 180) return `${minutes}m`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return `${hours}h${hours < 8 && minutes % 60 ? `${minutes % 60}m` : ''}`
  const days = Math.floor(hours / 24)
  return `${days}d${days < 8 && hours % 24 ? `${hours % 24}h` : ''}`
}

/** How a container ended: `OOMKilled 137`. */
export function exit(ended) {
  if (!ended) return ''
  const code = ended.exitCode ?? ''
  return ended.reason && ended.reason !== 'Error' && ended.reason !== 'Completed' ? `${ended.reason} ${code}`.trim() : `exit ${code}`
}
