import requests

# Do'konni tekshirish
response = requests.get(
    "https://sizning-domeningiz.uz/api/check_shop",
    params={
        "shop_id": "YOUR_SHOP_ID",
        "shop_key": "YOUR_SHOP_KEY"
    }
)

if response.status_code == 200:
    data = response.json()
    if data.get('success') and data.get('valid'):
        print("✅ Do'kon mavjud va aktiv")
    else:
        print(f"❌ Xatolik: {data.get('error')}")
else:
    print(f"❌ Server xatosi: {response.status_code}")
