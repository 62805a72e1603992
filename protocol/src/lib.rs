//! What is sent: DCQL and the QR exchange. Pure.
