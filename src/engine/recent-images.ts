import type { Clock } from '../base/clock.ts'
import type { ImageState } from './image.ts'

/** So long an image that was there is taken to be there still: many pods of one image that begin at once are one look. Who finds it gone after all is told so as the container is made. */
const freshMs = 1000
const mostNames = 1000

/** Looks at images, each once for all who ask within a moment. Only that one is there is remembered. */
export class RecentImages {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #look: (reference: string) => Promise<ImageState | undefined>
  readonly #looks = new Map<string, { readonly at: number; readonly state: Promise<ImageState | undefined> }>()

  constructor(clock: Pick<Clock, 'monotonic'>, look: (reference: string) => Promise<ImageState | undefined>) {
    this.#clock = clock
    this.#look = look
  }

  state(reference: string): Promise<ImageState | undefined> {
    const now = this.#clock.monotonic()
    const recent = this.#looks.get(reference)
    if (recent && now - recent.at < freshMs) return recent.state
    const look = { at: now, state: this.#look(reference) }
    if (this.#looks.size >= mostNames) this.#looks.clear()
    this.#looks.set(reference, look)
    const forget = () => {
      if (this.#looks.get(reference) === look) this.#looks.delete(reference)
    }
    look.state.then((state) => state ?? forget(), forget)
    return look.state
  }

  /** Once something that this engine does changes images, nothing of before stands. */
  async after<T>(change: Promise<T>): Promise<T> {
    try {
      return await change
    } finally {
      this.#looks.clear()
    }
  }
}
