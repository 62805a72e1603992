mod compact;
mod evaluate;
mod rules;
mod vectors;
