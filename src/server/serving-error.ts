/** A refusal with its HTTP status; the message is shown to the user by kubectl. */
export class ServingError extends Error {
  override readonly name = 'ServingError'
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.headers = headers
  }
}
