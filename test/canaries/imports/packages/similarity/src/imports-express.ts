import "express";
export const x = 1;
