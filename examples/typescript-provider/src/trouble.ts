/** Why nothing was published, in words that hold no secret, no URL and nothing that a server said. */
export class Trouble extends Error {}

/** Trouble that may be gone a moment later. */
export class PassingTrouble extends Trouble {}
