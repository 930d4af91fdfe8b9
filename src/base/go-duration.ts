/** As Go prints a duration cut to milliseconds: `350ms`, `1.2s`, `2m3.5s`. */
export function goDuration(durationMs: number): string {
  const whole = Math.round(durationMs)
  if (whole < 1000) return `${whole}ms`
  const minutes = Math.floor(whole / 60_000)
  const rest = `${Number(((whole % 60_000) / 1000).toFixed(3))}s`
  if (minutes === 0) return rest
  return minutes < 60 ? `${minutes}m${rest}` : `${Math.floor(minutes / 60)}h${minutes % 60}m${rest}`
}
