"""The invented rows that the examples are about."""

APPLICATION = "3f8a2c51-0d4e-4b7a-9c66-1f0b5d2e7a10"
LEASE = "8d1f6b0e-52c3-4a9d-8e77-c0a4b9d3f621"
LANDLORD = "0b9d7c44-6a1e-4f38-b2d5-7e3c1a8f9450"
PREMISES = "c2e7a9f3-1b84-4d60-9a3f-5d8e0c7b6124"
TENANT = "5e0c3b7a-94f2-4c1d-a8b6-2f7d9e1c0a83"
MARCH = "a4c1e8d2-7f3b-4e95-8b60-9d2c5f1a7e34"
REQUEST = "71d9b3e6-2c5a-48f0-9e14-b8a7c6d5e402"
EVENT = "e6b2f4a8-3d91-4c7e-8f05-a1c9d7b3e520"
ADVISOR = {"id": "92c4d8e1-6f7a-4b35-a0e9-3c1b5d7f8a26", "name": "Camille Exemple"}
APPROVER = {"id": "1d7e5a93-b8c2-4f60-8a4d-e9f3c2b1a075", "name": "Dominique Exemple"}
EXPORT = "b5a2c8f7-1e6d-4930-8f4b-7c9d0e3a1562"
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
REASON = "Le dossier ne montre pas la fermeture du local en avril."
