export const  answer = {value:42}
