/** `$(NAME)` becomes what `lookup` knows of it; unknown names stay as written; `$$` is a `$` that expands nothing. */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (whole, name: string | undefined) => (name === undefined ? '$' : (lookup(name) ?? whole)))
}
