/** For `.catch`: what is not there any more, or never was, is undefined; other errors of the file system are thrown on. */
export function unlessGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
