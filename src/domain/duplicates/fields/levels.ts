/** How far two values of one property agree. The model learns the weight of each level from the group. */
export const levels = {
  missing: -1,
  different: 0,
  alike: 1,
  close: 2,
  contained: 3,
  spelled: 4,
  equal: 5,
} as const;

export type Level = (typeof levels)[keyof typeof levels];
export const levelCount = 6;
