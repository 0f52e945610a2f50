const lengths: number[] = [];
export const first: number = lengths[0];
