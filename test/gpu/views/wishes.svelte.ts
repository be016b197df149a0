/** A wish that a test changes. */
export class Wishes<Wish> {
  now = $state.raw<Wish | null | undefined>(undefined);
}
