/** `/api/v1/namespaces/a/pods/p/status` → `pods/status`. */
export function resourceOf(path: string): string {
  const parts = path.split('/').filter((part) => part !== '')
  const rest = parts.slice(parts[0] === 'api' ? 2 : 3)
  const own = rest[0] === 'namespaces' && rest.length > 2 ? rest.slice(2) : rest
  return own.length > 2 ? `${own[0]}/${own[2]}` : (own[0] ?? path)
}
