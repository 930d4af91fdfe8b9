/** The socket of the Docker Engine the tests may use. Throws, so that a test without one fails instead of proving nothing. */
export function testDockerSocket(): string {
  const socketPath = process.env.PODSTEWARD_TEST_DOCKER
  if (!socketPath) throw new Error('this test needs a Docker Engine: run it by `npm test -- <file>`, or set PODSTEWARD_TEST_DOCKER to a socket')
  return socketPath
}
