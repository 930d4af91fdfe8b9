/** The agent's own environment, read here and nowhere below. Where its compiled code is kept concerns nobody that it runs. */
export const environment = (): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value === undefined || name === 'NODE_COMPILE_CACHE' ? [] : [[name, value]])))
